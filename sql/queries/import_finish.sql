-- Forgets an import that is done: source, fingerprint. Importing the file again starts anew, and adds nothing.
delete from tracking.imports where source = %(source)s and fingerprint = %(fingerprint)s
