#include "splits/formats/plain_pickle.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <fstream>
#include <iterator>
#include <variant>

#include "cupel/error.hpp"

namespace cupel::splits {
namespace {

struct Value;
using Ref = Value*;  // of the machine's own values
using List = std::vector<Ref>;
using Dict = std::vector<std::pair<Ref, Ref>>;
struct Mark {};
struct Value {
  std::variant<Mark, std::string, List, Dict> content;
};

// Protocol 0 writes the first 256 letters as one byte each, and others as escapes.
std::string utf8_of_latin1(const std::string& text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80U) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xc0U | (byte >> 6U));
      utf8 += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  return utf8;
}

// The stack machine of a pickle, with the instructions that make texts, lists and dicts only.
class Machine {
 public:
  Machine(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Ref run() {
    for (;;) {
      opcode_at_ = at_;
      const auto opcode = static_cast<unsigned char>(take(1).front());
      if (opcode == '.') return pop();
      step(opcode);
    }
  }

  [[noreturn]] void refuse(std::string_view what) const {
    throw Error(
        ErrorKind::kInput,
        fmt::format("{}: {} at byte {}; only lists of texts are read from a pickle, write the "
                    "split as JSON",
                    name_, what, opcode_at_));
  }

 private:
  void step(unsigned char opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        (void)take(1);
        return;
      case 0x95:  // FRAME
        (void)take(8);
        return;
      case '(':
        push(Mark{});
        return;
      case '}':
        push(Dict{});
        return;
      case ']':
        push(List{});
        return;
      case 'd':
        make_dict();
        return;
      case 'l': {
        auto items = pop_to_mark();
        push(std::move(items));
        return;
      }
      case 'a': {
        auto* item = pop();
        list_at_top().push_back(item);
        return;
      }
      case 'e': {
        auto items = pop_to_mark();
        auto& list = list_at_top();
        list.insert(list.end(), items.begin(), items.end());
        return;
      }
      case 's': {
        auto* value = pop();
        auto* key = pop();
        dict_at_top().emplace_back(key, value);
        return;
      }
      case 'u':
        add_items(pop_to_mark());
        return;
      case 'X':  // BINUNICODE
        push(std::string(take(number(4))));
        return;
      case 0x8c:  // SHORT_BINUNICODE
      case 'U':   // SHORT_BINSTRING
        push(std::string(take(number(1))));
        return;
      case 0x8d:  // BINUNICODE8
        push(std::string(take(number(8))));
        return;
      case 'T':  // BINSTRING
        push(std::string(take(number(4))));
        return;
      case 'V':  // UNICODE, to the end of the line
        push(utf8_of_latin1(plain_line()));
        return;
      case 'q':
        memo_[number(1)] = top();
        return;
      case 'r':
        memo_[number(4)] = top();
        return;
      case 'p':
        memo_[line_number()] = top();
        return;
      case 0x94: {  // MEMOIZE
        const auto place = memo_.size();
        memo_[place] = top();
        return;
      }
      case 'h':
        recall(number(1));
        return;
      case 'j':
        recall(number(4));
        return;
      case 'g':
        recall(line_number());
        return;
      case 'c':  // GLOBAL
      case 'i':  // INST
        refuse_code(opcode, two_lines());
      case 0x93:  // STACK_GLOBAL
        refuse_code(opcode, two_texts_at_top());
      case 'R':   // REDUCE
      case 'o':   // OBJ
      case 'b':   // BUILD
      case 0x81:  // NEWOBJ
      case 0x92:  // NEWOBJ_EX
      case 0x82:  // EXT1
      case 0x83:  // EXT2
      case 0x84:  // EXT4
      case 'P':   // PERSID
      case 'Q':   // BINPERSID
        refuse_code(opcode, "");
      default:
        refuse(fmt::format("the pickle holds something else (opcode 0x{:02x})", opcode));
    }
  }

  // What a pickle that is not to be trusted would call, as its makers see it: "os.system".
  std::string two_lines() {
    const auto module = plain_line();
    return fmt::format("{}.{}", module, plain_line());
  }
  [[nodiscard]] std::string two_texts_at_top() const {
    if (stack_.size() < 2) return {};
    const auto* module = std::get_if<std::string>(&stack_[stack_.size() - 2]->content);
    const auto* name = std::get_if<std::string>(&stack_.back()->content);
    return module == nullptr || name == nullptr ? "" : fmt::format("{}.{}", *module, *name);
  }
  [[noreturn]] void refuse_code(unsigned char opcode, const std::string& name) const {
    refuse(name.empty() ? fmt::format("the pickle calls code (opcode 0x{:02x})", opcode)
                        : fmt::format("the pickle calls {} (opcode 0x{:02x})", name, opcode));
  }

  std::string_view take(std::uint64_t n) {
    if (n > bytes_.size() - at_) refuse("the pickle is cut off");
    const auto part = bytes_.substr(at_, n);
    at_ += n;
    return part;
  }
  std::uint64_t number(std::uint64_t bytes) {
    std::uint64_t value = 0;
    const auto part = take(bytes);
    for (std::size_t i = part.size(); i-- > 0;) {
      value = (value << 8) | static_cast<unsigned char>(part[i]);
    }
    return value;
  }
  std::string plain_line() {
    const auto end = bytes_.find('\n', at_);
    if (end == bytes_.npos) refuse("the pickle is cut off");
    std::string line(take(end - at_));
    ++at_;
    if (line.find('\\') != line.npos) refuse("a text has an escape");
    return line;
  }
  std::uint64_t line_number() {
    std::uint64_t value = 0;
    for (const char c : plain_line()) {
      if (c < '0' || c > '9' || value > 1000000000U) refuse("a memo has no number");
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
  }

  template <typename T>
  void push(T content) {
    stack_.push_back(&values_.emplace_back(Value{std::move(content)}));
  }
  Ref& top() {
    if (stack_.empty()) refuse("the pickle's stack is empty");
    return stack_.back();
  }
  Ref pop() {
    auto* value = top();
    stack_.pop_back();
    return value;
  }
  List pop_to_mark() {
    List items;
    for (;;) {
      auto* value = pop();
      if (std::holds_alternative<Mark>(value->content)) break;
      items.push_back(value);
    }
    return {items.rbegin(), items.rend()};
  }
  List& list_at_top() {
    auto* list = std::get_if<List>(&top()->content);
    if (list == nullptr) refuse("the pickle appends to what is no list");
    return *list;
  }
  Dict& dict_at_top() {
    auto* dict = std::get_if<Dict>(&top()->content);
    if (dict == nullptr) refuse("the pickle sets an item of what is no dict");
    return *dict;
  }
  void add_items(const List& items) {
    if (items.size() % 2 != 0) refuse("the pickle has a key without a value");
    auto& dict = dict_at_top();
    for (std::size_t i = 0; i < items.size(); i += 2) dict.emplace_back(items[i], items[i + 1]);
  }
  void make_dict() {
    const auto items = pop_to_mark();
    push(Dict{});
    add_items(items);
  }
  void recall(std::uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) refuse("the pickle recalls what it never kept");
    stack_.push_back(found->second);
  }

  std::string_view bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  std::deque<Value> values_;
  std::vector<Ref> stack_;
  std::map<std::uint64_t, Ref> memo_;
};

void append_text(std::string& bytes, const std::string& text) {
  bytes += 'X';
  for (int shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>((text.size() >> shift) & 0xffU);
  }
  bytes += text;
}

void append_lists(std::string& bytes, const TextLists& lists) {
  bytes += "}(";
  for (const auto& [key, items] : lists) {
    append_text(bytes, key);
    bytes += "](";
    for (const auto& item : items) append_text(bytes, item);
    bytes += 'e';
  }
  bytes += 'u';
}

// The entries of a dict whose keys are texts, none of them twice.
std::map<std::string, Ref> pickle_entries(const Machine& machine, const Value& value,
                                          std::string_view wanted) {
  const auto* dict = std::get_if<Dict>(&value.content);
  if (dict == nullptr) machine.refuse(wanted);
  std::map<std::string, Ref> entries;
  for (const auto& [key, item] : *dict) {
    const auto* text = std::get_if<std::string>(&key->content);
    if (text == nullptr) machine.refuse(wanted);
    if (!entries.emplace(*text, item).second) {
      machine.refuse(fmt::format("'{}' is there twice", *text));
    }
  }
  return entries;
}

TextLists pickle_lists(const Machine& machine, const Value& value) {
  constexpr auto kWanted = "the pickle is no dict of lists";
  TextLists lists;
  for (const auto& [key, item] : pickle_entries(machine, value, kWanted)) {
    const auto* items = std::get_if<List>(&item->content);
    if (items == nullptr) machine.refuse(kWanted);
    auto& list = lists[key];
    for (const auto& one : *items) {
      const auto* word = std::get_if<std::string>(&one->content);
      if (word == nullptr) machine.refuse(fmt::format("'{}' lists what is no text", key));
      list.push_back(*word);
    }
  }
  return lists;
}

std::string pickle_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorKind::kInput, fmt::format("{}: cannot open the split", path));
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr std::string_view kProtocol = "\x80\x02";

}  // namespace

TextLists parse_plain_pickle(std::string_view bytes, const std::string& name) {
  Machine machine(bytes, name);
  const auto* root = machine.run();
  return pickle_lists(machine, *root);
}

TextGroups parse_plain_pickle_groups(std::string_view bytes, const std::string& name) {
  Machine machine(bytes, name);
  const auto* root = machine.run();
  TextGroups groups;
  for (const auto& [key, item] :
       pickle_entries(machine, *root, "the pickle is no dict of dicts of lists")) {
    groups.emplace(key, pickle_lists(machine, *item));
  }
  return groups;
}

TextLists read_plain_pickle(const std::string& path) {
  return parse_plain_pickle(pickle_bytes(path), path);
}

TextGroups read_plain_pickle_groups(const std::string& path) {
  return parse_plain_pickle_groups(pickle_bytes(path), path);
}

std::string plain_pickle(const TextLists& lists) {
  std::string bytes(kProtocol);
  append_lists(bytes, lists);
  return bytes + ".";
}

std::string plain_pickle(const TextGroups& groups) {
  std::string bytes(kProtocol);
  bytes += "}(";
  for (const auto& [key, lists] : groups) {
    append_text(bytes, key);
    append_lists(bytes, lists);
  }
  return bytes + "u.";
}

}  // namespace cupel::splits
