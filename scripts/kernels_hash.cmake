# One SHA-256 of the kernels and of the formulas they share with the CPU: each file's name and
# content, in the order of the names. Beside a line that says which GPU ran the tests, it tells
# whether those were these kernels. The same without cmake, in the folder of the checkout:
#
#   sha256sum kernels/*.cu kernels/*.hpp include/cupel/math/*.hpp \
#     include/cupel/{cells,host_device,matrix}.hpp | LC_ALL=C sort -k2 | sha256sum
#
#   cmake -D FOLDER=. -P scripts/kernels_hash.cmake                     prints it
#   cmake -D FOLDER=. -D OUTPUT=hash.cpp -P scripts/kernels_hash.cmake  writes kernels_hash() in C++
cmake_minimum_required(VERSION 3.25)
get_filename_component(FOLDER "${FOLDER}" ABSOLUTE)
file(GLOB names RELATIVE "${FOLDER}" "${FOLDER}/kernels/*.cu" "${FOLDER}/kernels/*.hpp"
     "${FOLDER}/include/cupel/math/*.hpp")
list(APPEND names include/cupel/cells.hpp include/cupel/host_device.hpp include/cupel/matrix.hpp)
list(SORT names)
set(listing "")
foreach(name IN LISTS names)
  file(SHA256 "${FOLDER}/${name}" hash)
  string(APPEND listing "${hash}  ${name}\n")  # as sha256sum prints them
endforeach()
string(SHA256 hash "${listing}")

if(OUTPUT)
  file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT "#include \"cupel/backend.hpp\"

namespace cupel {

std::string_view kernels_hash() noexcept { return \"@hash@\"; }

}  // namespace cupel
")
else()
  execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${hash}")  # message() would go to stderr
endif()
