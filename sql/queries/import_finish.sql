-- Deletes the place of a finished import: source, fingerprint. Importing the file again starts anew, and adds nothing.
delete from tracking.imports where source = %(source)s and fingerprint = %(fingerprint)s
