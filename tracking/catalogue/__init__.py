"""The catalogue: receivers, and for each name how soon a second action is a double fire."""
