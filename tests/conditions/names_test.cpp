#include "conditions/names.hpp"

#include "support/memory_screen.hpp"

namespace cupel::test {
namespace {

using Treatments = std::vector<Treatment>;

const NameRule kPlus{.separator = "+", .controls = {"ctrl", "DMSO"}};

TEST(Names, AreSortedAndLoseTheirControls) {
  EXPECT_EQ(parse_label("B+A", "", kPlus), (Treatments{{"A", ""}, {"B", ""}}));
  EXPECT_EQ(parse_label("ctrl+B", "", kPlus), (Treatments{{"B", ""}}));
  EXPECT_EQ(parse_label(" B + A+ctrl", "", kPlus), (Treatments{{"A", ""}, {"B", ""}}));
  EXPECT_EQ(parse_label("ctrl", "", kPlus), Treatments{});
  EXPECT_EQ(parse_label("ctrl+ctrl", "", kPlus), Treatments{});
  EXPECT_EQ(parse_label("A+A", "", kPlus), (Treatments{{"A", ""}, {"A", ""}}));
}

TEST(Names, KnowControlsAsWholeNamesOnly) {
  EXPECT_EQ(parse_label("CTRL1", "", kPlus), (Treatments{{"CTRL1", ""}}));
  EXPECT_EQ(parse_label("ctrl_a", "", kPlus), (Treatments{{"ctrl_a", ""}}));
}

TEST(Names, TakeTheSeparatorThatIsDeclared) {
  const NameRule bar{.separator = "_", .controls = {"control"}};
  EXPECT_EQ(parse_label("B_A", "", bar), (Treatments{{"A", ""}, {"B", ""}}));
  const NameRule none{.separator = "", .controls = {"DMSO"}};
  EXPECT_EQ(parse_label("(+)-JQ1", "", none), (Treatments{{"(+)-JQ1", ""}}));
  const NameRule comma{.separator = ", ", .controls = {}};
  EXPECT_EQ(parse_label("b, a", "", comma), (Treatments{{"a", ""}, {"b", ""}}));
}

TEST(Names, CarryTheirDoses) {
  EXPECT_EQ(parse_label("B+A", "1.0+0.50", kPlus), (Treatments{{"A", "0.5"}, {"B", "1"}}));
  EXPECT_EQ(parse_label("B+ctrl", "1+0", kPlus), (Treatments{{"B", "1"}}));
  EXPECT_EQ(parse_label("B+A", "10 nM", kPlus), (Treatments{{"A", "10nM"}, {"B", "10nM"}}));
  EXPECT_EQ(parse_label("DMSO", "0", kPlus), Treatments{});
}

TEST(Names, OfTahoeAreTuples) {
  const NameRule tuples{.controls = {"DMSO_TF"}, .tuples = true};
  EXPECT_EQ(parse_label("[('DMSO_TF', 0.0, 'uM')]", "", tuples), Treatments{});
  EXPECT_EQ(parse_label("[('Dacto\\'lisib', 0.50, 'uM')]", "", tuples),
            (Treatments{{"Dacto'lisib", "0.5uM"}}));
  EXPECT_EQ(parse_label("[(\"b\", 5.0), ('a', 0.05, 'uM')]", "", tuples),
            (Treatments{{"a", "0.05uM"}, {"b", "5"}}));
  for (const auto* odd : {"b", "[('a', 1", "[('a')]", "[('a', x)]", "[('a', 1, 'u')",
                          "[('a', 1)] x", "['a']", "[('a"}) {
    EXPECT_NE(error_of([&] { (void)parse_label(odd, "", tuples); }).find("leave --tuples out"),
              std::string::npos)
        << odd;
  }
}

TEST(Names, ThatCannotBeReadAreRefused) {
  EXPECT_EQ(error_of([] { (void)parse_label("A++B", "", kPlus); }),
            "label 'A++B' has an empty member between its separators '+'; give the right "
            "--separator ('' for labels that are one name)");
  EXPECT_NE(error_of([] { (void)parse_label("", "", kPlus); }), "");
  EXPECT_EQ(error_of([] { (void)parse_label("A+B+C", "1+2", kPlus); }),
            "label 'A+B+C' has 3 members and 2 doses ('1+2')");
}

// What a dose column would have to hold for the label to be read as it was.
TEST(Doses, AreWrittenInTheOrderOfTheirLabel) {
  const auto text_of = [](const std::string& label, const std::string& dose, const NameRule& rule) {
    std::vector<std::string> members, doses;
    for (const auto& one : parse_label(label, dose, rule)) {
      members.push_back(one.name);
      doses.push_back(one.dose);
    }
    const auto text = dose_text(label, members, doses, rule);
    EXPECT_EQ(parse_label(label, text, rule), parse_label(label, dose, rule)) << label;
    return text;
  };
  EXPECT_EQ(text_of("A+B", "1.0+0.5", kPlus), "1+0.5");
  EXPECT_EQ(text_of("B+A", "0.5+1", kPlus), "0.5+1") << "the members' order, not the label's";
  EXPECT_EQ(text_of("B+A", "2+2", kPlus), "2");
  EXPECT_EQ(text_of("A", "3", kPlus), "3");
  EXPECT_EQ(text_of("B+" + kPlus.controls.front() + "+A", "0.5+0+1", kPlus), "0.5++1");
  EXPECT_EQ(text_of("A+A+B", "10+1+2", kPlus), "1+10+2");
  EXPECT_EQ(text_of("B_A", "1_2", {.separator = "_", .controls = {"c"}}), "1_2");
  EXPECT_EQ(dose_text("B+A", std::vector<std::string>{"A", "B"}, {}, kPlus), "");
  EXPECT_EQ(dose_text("[('B', 1), ('A', 2)]", std::vector<std::string>{"A", "B"},
                      std::vector<std::string>{"2", "1"}, {.controls = {"c"}, .tuples = true}),
            "2+1");
}

TEST(Doses, AreNumbersWithUnits) {
  EXPECT_EQ(canonical_dose("1.0"), "1");
  EXPECT_EQ(canonical_dose(" 0.50 uM "), "0.5uM");
  EXPECT_EQ(canonical_dose("1e-3"), "0.001");
  EXPECT_EQ(canonical_dose("-0"), "0");
  EXPECT_EQ(canonical_dose("high"), "high");
  EXPECT_EQ(canonical_dose("nan"), "nan");
  EXPECT_EQ(canonical_dose(""), "");
  EXPECT_EQ(parse_dose("5nM")->unit, "nM");
  EXPECT_FALSE(parse_dose("inf").has_value());
}

}  // namespace
}  // namespace cupel::test
