"""Orders from a marketplace's CSV file: read as it comes, checked line by line, stored in batches."""
