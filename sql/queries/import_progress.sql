-- The place of an unfinished import of this file: source, fingerprint.
select lines, counts from tracking.imports where source = %(source)s and fingerprint = %(fingerprint)s
