# Writes OUTPUT: every .toml of FOLDER as one entry of cupel::builtin_profiles().
file(GLOB profiles "${FOLDER}/*.toml")
list(TRANSFORM profiles REPLACE "^.*/(.*)[.]toml$" "\\1")
list(SORT profiles)
set(entries "")
foreach(name IN LISTS profiles)
  file(READ "${FOLDER}/${name}.toml" text)
  string(APPEND entries "    {\"${name}\", R\"profile(${text})profile\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"config/builtin_profiles.hpp\"

namespace cupel {

std::span<const BuiltinProfile> builtin_profiles() noexcept {
  static constexpr BuiltinProfile kProfiles[] = {
${entries}  };
  return kProfiles;
}

}  // namespace cupel
")
