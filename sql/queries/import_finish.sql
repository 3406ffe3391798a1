-- Forgets an import that is done: source, fingerprint. Importing the file again starts anew, and adds nothing.
delete from tracking.imports where source = %s and fingerprint = %s
