-- The property schemas with these digests: digests.
select distinct on (schema_digest) schema_digest as digest, property_schema
  from tracking.event_types
 where schema_digest = any (%(digests)s)
