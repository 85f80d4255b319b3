"""What people decide of a night's proposals, and how it reaches the ERP."""
