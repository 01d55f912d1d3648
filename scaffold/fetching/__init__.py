"""From a source to a pack: got, pinned, verified, kept, and laid over the pack that it stands on."""
