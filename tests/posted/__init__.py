"""What providers post, in the form that each documents, signed by keys of the tests' own."""
