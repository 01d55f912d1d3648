"""JavaScript and TypeScript as trees of syntax, and what in them is constant. Runs nothing."""
