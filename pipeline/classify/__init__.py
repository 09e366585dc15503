"""What a text says: language, record class, category, sentiment, safety."""
