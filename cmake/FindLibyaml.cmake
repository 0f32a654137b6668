# libyaml (C): gives Libyaml::Libyaml.
include(PlainLibrary)
plain_library(Libyaml yaml.h yaml)
