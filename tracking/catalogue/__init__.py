"""The catalogue: what names mean, and how soon a second action of a name is a double fire."""
