#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cupel/dataset.hpp"
#include "io/hdf5_output.hpp"

namespace cupel::io {

// The parts that an .h5ad file is made of, as anndata 0.8 and later write them: every element
// carries its encoding as two attributes.
void write_attribute(const Hdf5Output& file, hid_t object, const char* name, std::string_view text);
void write_attribute(const Hdf5Output& file, hid_t object, const char* name,
                     std::span<const std::string> texts);
void write_attribute(const Hdf5Output& file, hid_t object, const char* name,
                     std::span<const std::int64_t> numbers);
void write_encoding(const Hdf5Output& file, hid_t object, std::string_view type,
                    std::string_view version);

[[nodiscard]] Handle make_group(const Hdf5Output& file, hid_t parent, const char* name);
void write_strings(const Hdf5Output& file, hid_t parent, const char* name,
                   std::span<const std::string> texts);
void write_categorical(const Hdf5Output& file, hid_t parent, const Column& column);
// An obsm, uns, ... with nothing in it yet: anndata writes each even when it stays empty.
Handle write_empty_mapping(const Hdf5Output& file, const char* name);

void write_root(const Hdf5Output& file);
// obs, var and the mappings that stay empty: all but X and layers.
void write_frames(const Hdf5Output& file, std::span<const std::string> obs_names,
                  std::span<const std::string> genes, std::span<const Column> obs_columns);

// Throws Error(kInternal): the writer was called wrongly.
void require(bool holds, const char* what);

}  // namespace cupel::io
