// Fetches a page with a pool of processes, then all pages of the same server that can be reached
// from it. A page that crashes the one who fetches it, or hangs, costs that page alone.
//
// usage: crawler URL [PROCESSES] [MOST_PAGES]
#include <penstock/plugin.hpp>
#include <penstock/pool.hpp>

#include <curl/curl.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <regex>
#include <semaphore>
#include <set>

using namespace std::chrono_literals;

// ---- In the workers
// ------------------------------------------------------------------------------

struct Page {
  std::int64_t status = 0;
  std::vector<std::string> links;  // whole URLs, without what stands behind a #
};
PENSTOCK_FIELDS(Page, status, links)

size_t append(char* data, size_t, size_t size, void* body) {
  static_cast<std::string*>(body)->append(data, size);
  return size;
}

std::string resolved(const std::string& base, const std::string& link) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  char* text = nullptr;
  const bool good = curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) == CURLUE_OK &&
                    curl_url_set(url.get(), CURLUPART_URL, link.c_str(), 0) == CURLUE_OK &&
                    curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0) == CURLUE_OK &&
                    curl_url_get(url.get(), CURLUPART_URL, &text, 0) == CURLUE_OK;
  const std::string whole = good ? text : "";
  curl_free(text);
  return whole;
}

Page fetch(const std::string& url) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 curl_easy_cleanup);
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) throw penstock::Transient(curl_easy_strerror(code));

  Page page;
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  page.status = status;
  static const std::regex href("<a [^>]*href=\"([^\"]*)\"", std::regex::icase);
  for (std::sregex_iterator at(body.begin(), body.end(), href), end; at != end; ++at) {
    if (const std::string link = resolved(url, (*at)[1]); !link.empty()) page.links.push_back(link);
  }
  return page;
}

PENSTOCK_PLUGIN("app", "1.0.0", "fetches pages") {
  plugin.transform("fetch", "a page: its status and its links", fetch);
}

// ---- In the program
// ------------------------------------------------------------------------------

// Callbacks come one at a time, on one thread, and may submit new calls: so nothing here is locked.
class Crawl {
 public:
  Crawl(penstock::Pool& pool, std::string start, std::size_t most)
      : pool_(pool), most_(most), server_(start.substr(0, start.find('/', start.find("//") + 2))) {
    visit(start);
  }

  void wait() { all_done_.acquire(); }

 private:
  void visit(const std::string& url) {
    if (!url.starts_with(server_) || seen_.size() == most_ || !seen_.insert(url).second) return;
    ++under_way_;
    pool_.submit<Page>(
        penstock::CallOptions{.timeout = 20s, .attempts = 2}, "app.fetch", url,
        [this, url](const Page& page) {
          std::cout << page.status << ' ' << url << std::endl;
          for (const std::string& link : page.links) visit(link);
          ended();
        },
        [this, url](const penstock::TaskError& error) {
          std::cout << "failed " << url << ": " << error.what() << std::endl;
          ended();
        });
  }

  void ended() {
    if (--under_way_ == 0) all_done_.release();
  }

  penstock::Pool& pool_;
  const std::size_t most_;
  const std::string server_;
  std::set<std::string> seen_;
  int under_way_ = 0;
  std::binary_semaphore all_done_{0};
};

int main(int argc, char** argv) {
  penstock::worker_guard(argc, argv);
  if (argc < 2) {
    std::cerr << "usage: crawler URL [PROCESSES] [MOST_PAGES]\n";
    return 2;
  }
  const int processes = argc > 2 ? std::atoi(argv[2]) : 4;
  const int most = argc > 3 ? std::atoi(argv[3]) : 100;
  penstock::Pool pool({.processes = static_cast<unsigned>(processes)});
  Crawl crawl(pool, argv[1], static_cast<std::size_t>(most));
  crawl.wait();
  pool.close();
  pool.join();
}
