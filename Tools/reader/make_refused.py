def refused_files():
    return {}
