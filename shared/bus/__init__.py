"""Kafka: topics as code, clients, and the loop of all consumer groups."""
