"""One door to every model: an OpenAI-compatible gateway for the teams of Tidewater Parcels."""
