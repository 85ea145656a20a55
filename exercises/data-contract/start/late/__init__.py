"""The late-parcel model of Tidewater Parcels: validating its data, and training it."""
