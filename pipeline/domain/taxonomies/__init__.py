"""What feedback can be about: taxonomies, the file that Vidhuk ships, and files of an organization's own."""
