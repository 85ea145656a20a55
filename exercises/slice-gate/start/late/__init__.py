"""The late-parcel model of Tidewater Parcels: whether a new one may take the place of the old one."""
