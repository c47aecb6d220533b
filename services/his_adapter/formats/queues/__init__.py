"""Queue systems (calling screens, cashiers, pharmacies)."""
