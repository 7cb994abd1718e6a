using System.Runtime.InteropServices;

namespace Precoding.Benchmarks.Peers;

/// <summary>Row-major or column-major, [CBLAS].</summary>
internal enum CblasOrder
{
    RowMajor = 101,
    ColumnMajor = 102,
}

internal enum CblasTranspose
{
    None = 111,
}

internal enum CblasTriangle
{
    Upper = 121,
    Lower = 122,
}

/// <summary>The functions of OpenBLAS under their own names; 32-bit integers, interleaved complex numbers.</summary>
internal static unsafe partial class OpenBlasNative
{
    public const string Library = "openblas";

    [LibraryImport(Library)]
    public static partial void cblas_cgemm(
        CblasOrder order, CblasTranspose transposeA, CblasTranspose transposeB, int m, int n, int k, void* alpha, void* a, int lda, void* b, int ldb, void* beta, void* c, int ldc);

    [LibraryImport(Library)]
    public static partial void cblas_zgemm(
        CblasOrder order, CblasTranspose transposeA, CblasTranspose transposeB, int m, int n, int k, void* alpha, void* a, int lda, void* b, int ldb, void* beta, void* c, int ldc);

    [LibraryImport(Library)]
    public static partial void cblas_cherk(
        CblasOrder order, CblasTriangle triangle, CblasTranspose transpose, int n, int k, float alpha, void* a, int lda, float beta, void* c, int ldc);

    [LibraryImport(Library)]
    public static partial void cblas_zherk(
        CblasOrder order, CblasTriangle triangle, CblasTranspose transpose, int n, int k, double alpha, void* a, int lda, double beta, void* c, int ldc);

    [LibraryImport(Library)]
    public static partial void cpotrf_(byte* triangle, int* n, void* a, int* lda, int* info);

    [LibraryImport(Library)]
    public static partial void zpotrf_(byte* triangle, int* n, void* a, int* lda, int* info);

    [LibraryImport(Library)]
    public static partial void cpotrs_(byte* triangle, int* n, int* columns, void* a, int* lda, void* b, int* ldb, int* info);

    [LibraryImport(Library)]
    public static partial void zpotrs_(byte* triangle, int* n, int* columns, void* a, int* lda, void* b, int* ldb, int* info);

    [LibraryImport(Library)]
    public static partial void cheevd_(
        byte* job, byte* triangle, int* n, void* a, int* lda, void* w, void* work, int* lwork, void* rwork, int* lrwork, int* iwork, int* liwork, int* info);

    [LibraryImport(Library)]
    public static partial void zheevd_(
        byte* job, byte* triangle, int* n, void* a, int* lda, void* w, void* work, int* lwork, void* rwork, int* lrwork, int* iwork, int* liwork, int* info);

    [LibraryImport(Library)]
    public static partial void openblas_set_num_threads(int count);

    [LibraryImport(Library)]
    public static partial nint openblas_get_config();

    [LibraryImport(Library)]
    public static partial nint openblas_get_corename();
}
