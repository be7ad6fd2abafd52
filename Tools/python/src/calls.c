/* The lookups that are made most, with as little around the C call as can be: contiguous arrays of ids in, float32 out.
 *
 * An optional part of the package: `_table.py` makes the same calls through ctypes where it is missing, and makes whatever is not
 * as these functions want it, so they decide nothing and word no errors. Of the limited API: one file is for every CPython with
 * the interpreter's lock (free-threaded ones do not look for it). */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <embstore.h>
#include <string.h>

/* Those of the library that the package has loaded. Written once. */
static __typeof__(&embstore_gather) gather_function;
static __typeof__(&embstore_pool) pool_function;

/* What a call returns besides a status: nothing was done. */
enum { NOT_MINE = -1, MOST_ARRAYS = 5 };

/* The memory of a call's arguments, held while it runs. */
typedef struct {
    Py_buffer views[MOST_ARRAYS];
    int count;
} held;

static void let_go(held *memory) {
    while (memory->count) PyBuffer_Release(&memory->views[--memory->count]);
}

/* The memory of an array, if it is contiguous, aligned, not empty and of one of the formats; NULL and no exception if not. */
static const Py_buffer *take(held *memory, PyObject *array, const char *formats, int flags) {
    Py_buffer *view = &memory->views[memory->count];
    if (PyObject_GetBuffer(array, view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS | flags)) {
        PyErr_Clear();
        return NULL;
    }
    memory->count++;
    const char *format = view->format;
    if (!format || !format[0] || format[1] || !strchr(formats, format[0])) return NULL;
    return view->len && !((uintptr_t)view->buf % (size_t)view->itemsize) ? view : NULL;
}

/* Handles are ctypes pointers. NULL: closed, or no handle. */
static const embstore_table *table_of(held *memory, PyObject *handle) {
    Py_buffer *view = &memory->views[memory->count];
    if (PyObject_GetBuffer(handle, view, PyBUF_SIMPLE)) {
        PyErr_Clear();
        return NULL;
    }
    memory->count++;
    return view->len == sizeof(void *) ? *(embstore_table *const *)view->buf : NULL;
}

static int take_ids(held *memory, PyObject *array, embstore_ids *ids, const Py_buffer **view) {
    const Py_buffer *found = *view = take(memory, array, "ilqLQ", 0);
    if (!found) return 0;
    char kind = found->format[0];
    if (found->itemsize != (kind == 'i' ? 4 : 8)) return 0;
    ids->type = kind == 'i' ? EMBSTORE_ID_INT32 : kind == 'l' || kind == 'q' ? EMBSTORE_ID_INT64 : EMBSTORE_ID_UINT64;
    ids->reserved = 0;
    ids->count = found->len / found->itemsize;
    ids->values = found->buf;
    ids->offsets = NULL;
    return 1;
}

/* gather(handle, dim, ids, out): a status, or NOT_MINE. */
static PyObject *gather(PyObject *module, PyObject *const *arguments, Py_ssize_t count) {
    (void)module;
    held memory = {.count = 0};
    long status = NOT_MINE;
    if (count != 4) return PyLong_FromLong(status);
    const embstore_table *table = table_of(&memory, arguments[0]);
    Py_ssize_t dim = PyLong_AsSsize_t(arguments[1]);
    embstore_ids ids;
    const Py_buffer *given, *out;
    if (table && take_ids(&memory, arguments[2], &ids, &given) && (out = take(&memory, arguments[3], "f", PyBUF_WRITABLE)) &&
        out->ndim == given->ndim + 1 && out->shape[given->ndim] == dim) {
        int same = 1;
        for (int axis = 0; axis < given->ndim; axis++) same &= out->shape[axis] == given->shape[axis];
        if (same) {
            Py_BEGIN_ALLOW_THREADS
            status = gather_function(table, &ids, out->buf, out->len / 4, NULL);
            Py_END_ALLOW_THREADS
        }
    }
    let_go(&memory);
    return PyLong_FromLong(status);
}

/* pool(handle, dim, ids, offsets, lengths, mode, out): a status, or NOT_MINE. Of offsets and lengths one is None. */
static PyObject *pool(PyObject *module, PyObject *const *arguments, Py_ssize_t count) {
    (void)module;
    held memory = {.count = 0};
    long status = NOT_MINE;
    if (count != 7) return PyLong_FromLong(status);
    const embstore_table *table = table_of(&memory, arguments[0]);
    Py_ssize_t dim = PyLong_AsSsize_t(arguments[1]);
    int lengths = arguments[3] == Py_None;
    long mode = PyLong_AsLong(arguments[5]);
    embstore_ids ids;
    const Py_buffer *given, *bounds, *out;
    if (table && (lengths || arguments[4] == Py_None) && take_ids(&memory, arguments[2], &ids, &given) && given->ndim == 1 &&
        (bounds = take(&memory, arguments[lengths ? 4 : 3], "ilq", 0)) && bounds->ndim == 1 &&
        bounds->itemsize == (bounds->format[0] == 'i' ? 4 : 8) &&
        (out = take(&memory, arguments[6], "f", PyBUF_WRITABLE)) && out->ndim == 2 && out->shape[1] == dim &&
        out->shape[0] == bounds->shape[0] - !lengths) {
        embstore_bags bags = {
            .type = bounds->itemsize == 4 ? (lengths ? EMBSTORE_LENGTHS_INT32 : EMBSTORE_OFFSETS_INT32)
                                          : (lengths ? EMBSTORE_LENGTHS_INT64 : EMBSTORE_OFFSETS_INT64),
            .count = bounds->shape[0],
            .values = bounds->buf};
        Py_BEGIN_ALLOW_THREADS
        status = pool_function(table, &ids, &bags, NULL, (int32_t)mode, out->buf, out->len / 4, NULL);
        Py_END_ALLOW_THREADS
    }
    let_go(&memory);
    return PyLong_FromLong(status);
}

/* bind(gather, pool): addresses of embstore_gather and embstore_pool. */
static PyObject *bind(PyObject *module, PyObject *arguments) {
    (void)module;
    Py_ssize_t first, second;
    if (!PyArg_ParseTuple(arguments, "nn", &first, &second)) return NULL;
    gather_function = (__typeof__(gather_function))first;
    pool_function = (__typeof__(pool_function))second;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"gather", (PyCFunction)(void (*)(void))gather, METH_FASTCALL, NULL},
    {"pool", (PyCFunction)(void (*)(void))pool, METH_FASTCALL, NULL},
    {"bind", bind, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_calls", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__calls(void) { return PyModule_Create(&definition); }
