"""The only room that builds real objects: settings in, a pipeline that runs out."""
