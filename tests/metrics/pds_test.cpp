#include "cupel/error.hpp"
#include "support/profile_case.hpp"
#include "support/test_device.hpp"

namespace cupel::test {
namespace {

// Two perturbations whose effects differ only in their own genes.
ProfileCase::Input own_gene_effects() {
  ProfileCase::Input input;
  input.perturbations = {"a", "b"};
  input.real = {2, 3, {5, 0, 1, 0, 5, 1}};
  input.pred = {2, 3, {0, 5, 1, 5, 0, 1}};  // each predicts the other's
  input.real_control = zeros(1, 3);
  input.own_gene = {0, 1};
  return input;
}

TEST(Pds, PanelLeavesOutEveryOwnGeneAndThenAllTie) {
  const auto backend = make_test_backend();
  const ProfileCase profiles(*backend, own_gene_effects());
  for (const char* metric : {"pds_l1", "pds_l2", "pds_cosine"}) {
    EXPECT_EQ(profiles.scores(metric)[0].value, 0.5) << metric;
  }
}

TEST(Pds, SeesOwnGenesWhereNoneIsLeftOut) {
  const auto backend = make_test_backend();
  auto input = own_gene_effects();
  input.conventions.pds.exclusion = GeneExclusion::kNone;
  const ProfileCase profiles(*backend, input);
  for (const char* metric : {"pds_l1", "pds_l2", "pds_cosine"}) {
    EXPECT_EQ(profiles.scores(metric)[0].value, 0.0) << metric;
  }
}

TEST(Pds, RefusesAPanelThatLeavesNoGene) {
  const auto backend = make_test_backend();
  auto input = own_gene_effects();
  input.perturbations = {"a", "b"};
  input.real = {2, 2, {1, 0, 0, 1}};
  input.pred = input.real;
  input.real_control = zeros(1, 2);
  const ProfileCase profiles(*backend, input);
  EXPECT_THROW(static_cast<void>(profiles.scores("pds_l1")), Error);
}

TEST(Pds, NPerturbationsAsDenominatorIsKinder) {
  const auto backend = make_test_backend();
  auto input = own_gene_effects();
  input.conventions.pds = {RankDenominator::kN, TieRule::kMidrank, GeneExclusion::kNone};
  const ProfileCase profiles(*backend, input);
  EXPECT_EQ(profiles.scores("pds_l1")[0].value, 0.5) << "last of two";
}

}  // namespace
}  // namespace cupel::test
