"""Evidence: what people upload is examined, made anew, and kept outside the database."""
