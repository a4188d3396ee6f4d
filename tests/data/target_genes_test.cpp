#include "data/target_genes.hpp"

#include <filesystem>
#include <fstream>

#include "support/memory_screen.hpp"

namespace cupel {
namespace {

using test::error_of;

class TargetGenes : public ::testing::Test {
 protected:
  std::string write(const std::string& text) {
    const auto path = (std::filesystem::temp_directory_path() / "cupel_target_genes.csv").string();
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(TargetGenes, PreferTheMapAndFallBackOnTheName) {
  const auto map = read_target_gene_map(write("perturbation,gene\nguide1,B\nA,none\n"));
  EXPECT_EQ(own_genes({"guide1", "A", "B", "C"}, {"A", "B"}, map),
            (std::vector<std::int32_t>{1, -1, 1, -1}));
}

TEST_F(TargetGenes, MayHaveLabelsWithSeparatorsInQuotes) {
  const auto map = read_target_gene_map(write("\"sg-A,1\",B\n\"sg \"\"C\"\"\",A\n"));
  EXPECT_EQ(map.at("sg-A,1"), "B");
  EXPECT_EQ(map.at("sg \"C\""), "A");
}

TEST_F(TargetGenes, NameTheLineThatIsNotAPair) {
  const auto path = write("a,b\nc\n");
  EXPECT_EQ(error_of([&] { (void)read_target_gene_map(path); }),
            path + ": line 2 is not 'perturbation,gene'");
}

TEST_F(TargetGenes, RefuseASecondGeneForOnePerturbation) {
  const auto path = write("a,b\na,c\n");
  EXPECT_EQ(error_of([&] { (void)read_target_gene_map(path); }),
            path + ": line 2 gives 'a' a second gene");
}

}  // namespace
}  // namespace cupel
