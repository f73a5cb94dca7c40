"""Pure charts: a table and options in, a `Picture` out. No page, no query, no clock."""
