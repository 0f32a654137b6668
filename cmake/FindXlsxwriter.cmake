# libxlsxwriter (C): gives Xlsxwriter::Xlsxwriter.
include(PlainLibrary)
plain_library(Xlsxwriter xlsxwriter.h xlsxwriter)
