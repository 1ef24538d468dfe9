"""What is measured and noted for editors: scores of labelled questions, thin and stolen lines."""
