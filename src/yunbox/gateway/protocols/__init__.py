"""Wire styles: documents to typed values and back."""
