"""Kafka: topics as code, clients, and the loop that every consumer group of ours runs in."""
