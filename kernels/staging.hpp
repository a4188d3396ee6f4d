#pragma once
#include <array>

#include "cuda_backend.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Pinned pieces that copies pass through, and when each is free again.
struct CudaBackend::Staging {
  static constexpr std::int64_t kPieceBytes = std::int64_t{32} << 20;
  static constexpr int kPieces = 3;

  struct Piece {
    PinnedBuffer memory{kPieceBytes};
    Event done;
  };
  std::array<Piece, kPieces> pieces;
  int next = 0;
};

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
