# libmd (message digests: SHA-256): gives Libmd::Libmd.
include(PlainLibrary)
plain_library(Libmd sha256.h md)
