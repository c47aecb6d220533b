"""Queue systems (calling screens, cashiers, pharmacies): tickets → waiting times."""
