"""The late-parcel model of Tidewater Parcels: when it is trained again, and whether the new one is taken."""
