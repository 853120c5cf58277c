"""What the centre keeps of hubs, and what a hub keeps."""
