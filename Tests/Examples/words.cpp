// Looks up the words of the command line, a row of numbers each:
//     c++ words.cpp $(pkg-config --cflags --libs embstore) -o words && ./words words.emb king queen
#include <embstore.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <vector>

void check(embstore_status status) {
    if (status != EMBSTORE_OK) throw std::runtime_error(embstore_last_error());
}

struct Close {
    void operator()(embstore *store) const { embstore_close(store); }
    void operator()(embstore_table *table) const { embstore_table_close(table); }
};

std::unique_ptr<embstore_table, Close> openTable(const char *path, const char *name) {
    embstore *store;
    check(embstore_open(path, nullptr, &store));
    std::unique_ptr<embstore, Close> closing(store);
    embstore_table *table;
    check(embstore_table_open(store, name, &table));
    return std::unique_ptr<embstore_table, Close>(table);
}

int main(int argc, char **argv) try {
    auto words = openTable(argv[1], "words");
    const std::vector<const char *> names(argv + 2, argv + argc);
    const std::size_t dim = embstore_table_dim(words.get());
    std::vector<float> rows(names.size() * dim);
    const embstore_ids ids = embstore_c_strings(names.data(), names.size());
    check(embstore_gather(words.get(), &ids, rows.data(), rows.size(), nullptr));
    for (std::size_t i = 0; i < names.size(); i++) std::cout << names[i] << ' ' << rows[i * dim] << '\n';
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
