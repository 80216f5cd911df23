"""Traces in the formats of other tools: Perfetto, OpenTelemetry, tables."""
