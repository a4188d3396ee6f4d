# Writes OUTPUT: version() and commit(). Runs at every build; touches the file only on a change.
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude=*
                WORKING_DIRECTORY "${FOLDER}" OUTPUT_VARIABLE commit
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT "#include \"version.hpp\"

namespace cupel {

std::string_view version() noexcept { return \"@VERSION@\"; }
std::string_view commit() noexcept { return \"@commit@\"; }

}  // namespace cupel
")
