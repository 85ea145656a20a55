"""The late-parcel model in the registry: who is champion, how that changes, and who asks it."""
