// Every call of the operating system fails once: the output is whole or as it was, and the program says so.
#include "test.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include <stdlib.h>

#include "tonnage/cli/cli.hpp"

using namespace tonnage;

namespace {

enum class Call { open_read, open_unnamed, create, open_write, read, write, fsync, close, link, rename };
constexpr Call all_calls[] = {Call::open_read, Call::open_unnamed, Call::create, Call::open_write, Call::read, Call::write, Call::fsync, Call::close, Call::link, Call::rename};

const char* name_of(Call call) {
  constexpr const char* names[] = {"open_read", "open_unnamed", "create", "open_write", "read", "write", "fsync", "close", "link", "rename"};
  return names[static_cast<int>(call)];
}

/// Forwards to the real file system and lets chosen calls fail. Standard output and error are kept as text.
class FaultyFileSystem final : public FileSystem {
 public:
  /// The call of a kind, counted from 1, that fails with an error number; none by default.
  Call failing = Call::write;
  int failing_number = 0;
  int error = EIO;
  bool failed = false;             ///< it came to that call

  int error_on_stdout = 0;         ///< every write to standard output fails so
  int error_on_stderr = 0;
  std::size_t longest_write = static_cast<std::size_t>(-1);  ///< longer ones are cut
  std::size_t longest_read = static_cast<std::size_t>(-1);
  int interrupted_every = 0;       ///< every so manieth read and write is interrupted
  bool no_unnamed = false;         ///< a file system without O_TMPFILE
  std::string standard_input;

  std::string standard_output, standard_error;
  std::set<int> open_files;

  int open_read(const std::string& path) override { return fails(Call::open_read) ? -error : opened(system_files().open_read(path)); }
  int open_unnamed(const std::string& folder) override {
    if (no_unnamed) return -EOPNOTSUPP;
    return fails(Call::open_unnamed) ? -error : opened(system_files().open_unnamed(folder));
  }
  int create(const std::string& path) override { return fails(Call::create) ? -error : opened(system_files().create(path)); }
  int open_write(const std::string& path) override { return fails(Call::open_write) ? -error : opened(system_files().open_write(path)); }

  long read(int file, char* buffer, std::size_t size) override {
    if (fails(Call::read)) return -error;
    if (interrupts()) return -EINTR;
    size = std::min(size, longest_read);
    if (file != 0) return system_files().read(file, buffer, size);
    size = std::min(size, standard_input.size());
    std::memcpy(buffer, standard_input.data(), size);
    standard_input.erase(0, size);
    return static_cast<long>(size);
  }

  long write(int file, const char* data, std::size_t size) override {
    if (file == 1 && error_on_stdout != 0) return -error_on_stdout;
    if (file == 2 && error_on_stderr != 0) return -error_on_stderr;
    if (file > 2 && fails(Call::write)) return -error;
    if (interrupts()) return -EINTR;
    size = std::min(size, longest_write);
    if (file > 2) return system_files().write(file, data, size);
    (file == 1 ? standard_output : standard_error).append(data, size);
    return static_cast<long>(size);
  }

  int fsync(int file) override { return fails(Call::fsync) ? -error : system_files().fsync(file); }
  /// A close that fails has closed all the same, as on Linux.
  int close(int file) override {
    open_files.erase(file);
    const int result = system_files().close(file);
    return fails(Call::close) ? -error : result;
  }
  int link(int file, const std::string& path) override { return fails(Call::link) ? -error : system_files().link(file, path); }
  int rename(const std::string& from, const std::string& to) override { return fails(Call::rename) ? -error : system_files().rename(from, to); }
  int remove(const std::string& path) override { return system_files().remove(path); }
  Kind kind(const std::string& path) override { return system_files().kind(path); }
  std::string canonical(const std::string& path) override { return system_files().canonical(path); }

 private:
  bool fails(Call call) {
    if (call != failing || ++count_ != failing_number) return false;
    return failed = true;
  }
  bool interrupts() { return interrupted_every > 0 && ++transfers_ % interrupted_every == 0; }
  int opened(int file) {
    if (file >= 0) open_files.insert(file);
    return file;
  }

  int count_ = 0;
  int transfers_ = 0;
};

void put(const std::filesystem::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

/// A folder with a tiny scenario, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tonnage-faults-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    put(path_ / "tiny.yaml", scenario);
    put(path_ / "demand.csv", "period,block,outcome,workload,origin,requests_per_s\n1,all,base,chat,home,20\n2,all,base,chat,home,25\n");
    put(path_ / "history.csv", "time,value\n2026-01-01,7\n2026-01-02,7\n2026-01-03,7\n2026-01-04,7\n");
    put(path_ / "cases.csv", "case,model,accelerator,tensor_parallel,input_tokens,output_tokens,rate_per_s\na,llama-3.1-8b,h100-sxm,1,900,200,1\n");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) out.insert(entry.path().filename().string());
    return out;
  }

  static constexpr const char* scenario = R"(tonnage: 1
name: tiny
horizon: {start: 2027-01-01, periods: 2, period: quarter}
blocks: {all: 2190 h}
outcomes: {base: 1}
regions: {west: {site: cloud, provider: acme}}
origins: {home: {west: 20 ms}}
pools:
  west-now: {region: west, node: h100x8, offer: on-demand, price: 50 USD/h}
  west-1y: {region: west, node: h100x8, offer: reserved, term: 1 year, price: 30 USD/h, limit: 2 nodes}
workloads:
  chat: {capacity: {h100x8: [{accelerators: 8, load: 10 requests/s, power: 8 kW}]}, demand: {table: demand.csv}}
)";

 private:
  std::filesystem::path path_;
};

/// Runs a command in process. Whatever happens, it neither throws nor keeps a file open.
int run(FaultyFileSystem& files, const std::vector<std::string>& args, bool terminal = false) {
  cli::Environment environment{files};
  environment.stdout_terminal = terminal;
  int code = -1;
  CHECK_NOTHROW(code = cli::run(args, environment));
  CHECK(files.open_files.empty());
  return code;
}

/// One line, and nothing below it.
bool one_line(const std::string& text) { return !text.empty() && text.find('\n') == text.size() - 1; }

const std::string old_text = "the old file\n";

struct Expected {
  std::string output;  ///< path
  std::string text;    ///< of a run without failures
  std::set<std::string> names;
};

/// After a run that may have failed: the file is the old one or the new one, whole, and no other file is there.
void check_output(const Folder& folder, const Expected& expected, int code, const std::string& messages, bool was_there) {
  const bool there = std::filesystem::exists(expected.output);
  const std::string now = there ? testing::read_text(expected.output) : "";
  if (code == cli::done) {
    CHECK(now == expected.text);
    CHECK(messages.empty());
  } else {
    CHECK((code == cli::failure || code == cli::bad_input));
    CHECK(there == was_there);
    if (was_there) CHECK(now == old_text);
    if (code == cli::failure) CHECK(one_line(messages));
    if (code == cli::bad_input) CHECK(messages.rfind("error [", 0) == 0);
  }
  std::set<std::string> names = expected.names;
  if (!there) names.erase(std::filesystem::path(expected.output).filename().string());
  CHECK(folder.names() == names);
}

/// Lets the 1st, 2nd, … call of a kind fail until there is no such call left. Returns how many there were.
int fail_each(const Folder& folder, const Expected& expected, Call call, int error, bool no_unnamed, bool was_there) {
  for (int number = 1;; ++number) {
    if (was_there) put(expected.output, old_text);
    else std::filesystem::remove(expected.output);
    FaultyFileSystem files;
    files.failing = call;
    files.failing_number = number;
    files.error = error;
    files.no_unnamed = no_unnamed;
    const int code = run(files, {"plan", folder / "tiny.yaml", "-o", expected.output});
    INFO(name_of(call) << " " << number << " fails with " << std::strerror(error) << (no_unnamed ? ", no O_TMPFILE" : ""));
    check_output(folder, expected, code, files.standard_error, was_there);
    CHECK(files.standard_output.empty());
    if (files.failed && call != Call::close) CHECK(code != cli::done);  // nothing is lost when a file that was read does not close
    if (!files.failed) {
      CHECK(code == cli::done);
      return number - 1;
    }
  }
}

Expected expected_output(const Folder& folder, const std::string& ending) {
  Expected expected{folder / ("plan" + ending), "", {}};
  FaultyFileSystem files;
  REQUIRE(run(files, {"plan", folder / "tiny.yaml", "-o", expected.output}) == cli::done);
  expected.text = testing::read_text(expected.output);
  REQUIRE_FALSE(expected.text.empty());
  expected.names = folder.names();
  return expected;
}

using Command = std::vector<std::string>;

/// Every command, and every format where the formats go different ways.
std::vector<Command> all_commands(const Folder& folder) {
  const std::string tiny = folder / "tiny.yaml";
  std::vector<Command> out;
  for (const char* command : {"plan", "check", "forecast", "curve", "allocate", "tco"})
    for (const char* format : {"table", "markdown", "csv", "json"}) out.push_back({command, tiny, "--format", format});
  for (const char* format : {"table", "markdown", "csv", "json"}) {
    out.push_back({"diff", tiny, tiny, "--format", format});
    out.push_back({"catalog", "nodes", "--format", format});
    out.push_back({"forecast", folder / "history.csv", "--horizon", "2", "--format", format});
  }
  out.push_back({"explain", tiny, "cost"});
  out.push_back({"curve", "--model", "llama-3.1-8b", "--node", "h100x8", "--input", "900", "--output", "200"});
  out.push_back({"curve", "--cases", folder / "cases.csv"});
  for (const Command& command : {Command{"catalog"}, {"schema"}, {"schema", "--format", "markdown"}, {"schema", "--explain", "pools.a.price"}, {"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"},
                                 {"man"}, {"--version"}, {"--help"}, {"plan", "--help"}})
    out.push_back(command);
  return out;
}

std::string words(const Command& command) {
  std::string out;
  for (const std::string& word : command) out += word + " ";
  return out;
}

}  // namespace

TEST_CASE("an output file is the old one or the new one, whichever call fails", "[faults]") {
  const Folder folder;
  for (const char* ending : {".json", ".csv", ".md", ".txt"}) {
    const Expected expected = expected_output(folder, ending);
    std::map<Call, int> seen;
    for (const bool no_unnamed : {false, true})
      for (const int error : {EIO, ENOSPC})
        for (const Call call : all_calls) seen[call] += fail_each(folder, expected, call, error, no_unnamed, true);
    for (const Call call : all_calls) {
      INFO(name_of(call));
      if (call == Call::open_write) CHECK(seen[call] == 0);  // only devices and pipes are opened so
      else CHECK(seen[call] > 0);
    }
    std::filesystem::remove(expected.output);
  }
}

TEST_CASE("a new output file is there whole or not at all", "[faults]") {
  const Folder folder;
  const Expected expected = expected_output(folder, ".json");
  for (const bool no_unnamed : {false, true})
    for (const Call call : {Call::open_unnamed, Call::create, Call::write, Call::fsync, Call::close, Call::link, Call::rename})
      fail_each(folder, expected, call, ENOSPC, no_unnamed, false);
}

TEST_CASE("what a power cut left behind is replaced", "[faults]") {
  const Folder folder;
  const Expected expected = expected_output(folder, ".json");
  for (const bool no_unnamed : {false, true}) {
    put(expected.output, old_text);
    put(folder / ".plan.json.tonnage-new", "half a fi");
    FaultyFileSystem files;
    files.no_unnamed = no_unnamed;
    CHECK(run(files, {"plan", folder / "tiny.yaml", "-o", expected.output}) == cli::done);
    check_output(folder, expected, cli::done, files.standard_error, true);
  }
}

TEST_CASE("an output file that is a link is replaced where it leads", "[faults]") {
  const Folder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  put(folder / "elsewhere/plan.json", old_text);
  std::filesystem::create_symlink("elsewhere/plan.json", folder / "plan.json");
  const Expected expected = expected_output(folder, ".json");
  CHECK(std::filesystem::is_symlink(folder / "plan.json"));
  CHECK(testing::read_text(folder / "elsewhere/plan.json") == expected.text);
  for (const Call call : {Call::write, Call::fsync, Call::close, Call::link, Call::rename}) {
    put(folder / "elsewhere/plan.json", old_text);
    FaultyFileSystem files;
    files.failing = call;
    files.failing_number = 1;
    const int code = run(files, {"plan", folder / "tiny.yaml", "-o", folder / "plan.json"});
    INFO(name_of(call));
    CHECK(testing::read_text(folder / "elsewhere/plan.json") == (code == cli::done ? expected.text : old_text));
    CHECK(std::filesystem::is_symlink(folder / "plan.json"));
  }
}

TEST_CASE("a device is written in place, and its failures count", "[faults]") {
  const Folder folder;
  for (const Call call : {Call::open_write, Call::write, Call::close}) {
    FaultyFileSystem files;
    files.failing = call;
    files.failing_number = call == Call::close ? 3 : 1;  // the scenario and its table are closed first
    files.error = ENOSPC;
    INFO(name_of(call));
    CHECK(run(files, {"plan", folder / "tiny.yaml", "-o", "/dev/null", "--format", "json"}) == cli::failure);
    CHECK(files.failed);
    CHECK(files.standard_error == "error [io]: cannot write /dev/null: No space left on device\n");
  }
}

TEST_CASE("short and interrupted transfers give the same bytes", "[faults]") {
  const Folder folder;
  for (const char* ending : {".json", ".csv", ".md", ".txt"}) {
    const Expected expected = expected_output(folder, ending);
    put(expected.output, old_text);
    FaultyFileSystem files;
    files.longest_write = 7;
    files.longest_read = 5;
    files.interrupted_every = 3;
    const int code = run(files, {"plan", folder / "tiny.yaml", "-o", expected.output});
    CHECK(code == cli::done);
    check_output(folder, expected, code, files.standard_error, true);
    std::filesystem::remove(expected.output);
  }
  for (const Command& command : all_commands(folder)) {
    INFO(words(command));
    FaultyFileSystem whole, cut;
    cut.longest_write = 11;
    cut.interrupted_every = 5;
    CHECK(run(whole, command) == cli::done);
    CHECK(run(cut, command) == cli::done);
    CHECK(cut.standard_output == whole.standard_output);
    CHECK(cut.standard_error == whole.standard_error);
  }
}

TEST_CASE("a full standard output is an error of every command", "[faults]") {
  const Folder folder;
  for (const Command& command : all_commands(folder)) {
    INFO(words(command));
    FaultyFileSystem files;
    files.error_on_stdout = ENOSPC;
    CHECK(run(files, command) == cli::failure);
    CHECK(files.standard_error == "error [io]: cannot write standard output: No space left on device\n");
  }
  FaultyFileSystem files;
  files.error_on_stdout = ENOSPC;
  std::filesystem::create_directory(folder / "made");
  CHECK(run(files, {"init", "startup", "-o", folder / "made"}) == cli::failure);
}

TEST_CASE("a closed pipe is quiet for every command", "[faults]") {
  const Folder folder;
  for (const Command& command : all_commands(folder)) {
    INFO(words(command));
    FaultyFileSystem files;
    files.error_on_stdout = EPIPE;
    CHECK(run(files, command) == cli::done);
    CHECK(files.standard_error.empty());
  }
}

TEST_CASE("a lost standard error changes no exit code", "[faults]") {
  const Folder folder;
  FaultyFileSystem bad, good;
  bad.error_on_stderr = good.error_on_stderr = EIO;
  CHECK(run(bad, {"check", folder / "tiny.yaml", "--set", "pools.west-now.price=cheap"}) == cli::bad_input);
  CHECK(run(good, {"check", folder / "tiny.yaml", "--set", "finance.tax=25 %"}) == cli::done);
}

TEST_CASE("standard input is read in pieces, and its failure is told", "[faults]") {
  FaultyFileSystem good;
  good.standard_input = "tonnage: 1\n";
  good.longest_read = 3;
  CHECK(run(good, {"check", "-"}) == cli::bad_input);
  CHECK(good.standard_error.find("<stdin>:1:1") != std::string::npos);
  FaultyFileSystem bad;
  bad.standard_input = "tonnage: 1\n";
  bad.failing = Call::read;
  bad.failing_number = 1;
  CHECK(run(bad, {"check", "-"}) == cli::failure);
  CHECK(bad.standard_error == "error [io]: cannot read standard input: Input/output error\n");
}

TEST_CASE("a workbook goes to a file or a pipe, not to a terminal", "[faults]") {
  const Folder folder;
  FaultyFileSystem terminal, pipe, file;
  CHECK(run(terminal, {"catalog", "nodes", "--format", "xlsx"}, true) == cli::bad_input);
  CHECK(terminal.standard_output.empty());
  CHECK(terminal.standard_error.find("a workbook is not for a terminal") != std::string::npos);
  CHECK(run(pipe, {"catalog", "nodes", "--format", "xlsx"}) == cli::done);
  CHECK(pipe.standard_output.rfind("PK", 0) == 0);
  CHECK(run(file, {"catalog", "nodes", "-o", folder / "nodes.xlsx"}, true) == cli::done);
}
