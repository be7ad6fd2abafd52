# find_package(embstore) gives the targets embstore::embstore and embstore::pack.
get_filename_component(_embstore_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
foreach(_embstore_name embstore pack)
    if(NOT TARGET embstore::${_embstore_name})
        add_library(embstore::${_embstore_name} SHARED IMPORTED)
    endif()
endforeach()
set_target_properties(embstore::embstore PROPERTIES
    IMPORTED_LOCATION "${_embstore_prefix}/lib/libembstore.so.0"
    IMPORTED_SONAME "libembstore.so.0"
    INTERFACE_INCLUDE_DIRECTORIES "${_embstore_prefix}/include")
set_target_properties(embstore::pack PROPERTIES
    IMPORTED_LOCATION "${_embstore_prefix}/lib/libembstore-pack.so.0"
    IMPORTED_SONAME "libembstore-pack.so.0"
    INTERFACE_INCLUDE_DIRECTORIES "${_embstore_prefix}/include")
unset(_embstore_name)
unset(_embstore_prefix)
