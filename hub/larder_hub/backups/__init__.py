"""Backups that `safe` is defined by: taken beside a running hub, registered before they begin, restored with a higher generation.

lock      one hub, or one restore, at a time
points    take, list, forget, restore
cli       `larder hub backup`, `restore`, `restore-points`, `forget`
"""
