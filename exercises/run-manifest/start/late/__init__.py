"""The late-parcel model: will a parcel miss its promise?"""
