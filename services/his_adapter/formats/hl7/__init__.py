"""HL7 v2: character sets, parsing, batches, acknowledgements, MLLP server and client, translation into facts."""
