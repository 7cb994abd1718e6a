using System.Numerics;

namespace Precoding.Simulation;

/// <summary>Types of data elements in a level 5 MAT-file, by their numbers in the file.</summary>
internal enum MatType
{
    Int8 = 1,
    UInt8 = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Single = 7,
    Double = 9,
    Int64 = 12,
    UInt64 = 13,
    Matrix = 14,
    Compressed = 15,
    Utf8 = 16,
    Utf16 = 17,
}

/// <summary>Classes of MATLAB arrays, by their numbers in the file. The elements may be stored in a narrower <see cref="MatType"/>.</summary>
internal enum MatClass
{
    Cell = 1,
    Struct = 2,
    Object = 3,
    Char = 4,
    Sparse = 5,
    Double = 6,
    Single = 7,
    Int8 = 8,
    UInt8 = 9,
    Int16 = 10,
    UInt16 = 11,
    Int32 = 12,
    UInt32 = 13,
    Int64 = 14,
    UInt64 = 15,
    Function = 16,
    Opaque = 17,
}

internal static class MatTypes
{
    public const int LogicalFlag = 0x200, ComplexFlag = 0x800; // in the word of array flags, above the class

    /// <summary>Bytes of one number; 0 for what holds no numbers.</summary>
    public static int SizeOf(MatType type) => type switch
    {
        MatType.Int8 or MatType.UInt8 or MatType.Utf8 => 1,
        MatType.Int16 or MatType.UInt16 or MatType.Utf16 => 2,
        MatType.Int32 or MatType.UInt32 or MatType.Single => 4,
        MatType.Int64 or MatType.UInt64 or MatType.Double => 8,
        _ => 0,
    };

    public static bool IsNumeric(MatClass @class) => @class is >= MatClass.Double and <= MatClass.UInt64;

    /// <summary>Smallest and largest value of a class of whole numbers; null for double and single.</summary>
    public static (double Smallest, double Largest)? RangeOf(MatClass @class) => @class switch
    {
        MatClass.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        MatClass.UInt8 => (0, byte.MaxValue),
        MatClass.Int16 => (short.MinValue, short.MaxValue),
        MatClass.UInt16 => (0, ushort.MaxValue),
        MatClass.Int32 => (int.MinValue, int.MaxValue),
        MatClass.UInt32 => (0, uint.MaxValue),
        MatClass.Int64 => (-LargestWhole, LargestWhole),
        MatClass.UInt64 => (0, LargestWhole),
        _ => null,
    };

    /// <summary>2⁵³: up to here double precision holds every whole number.</summary>
    public const double LargestWhole = 1L << 53;

    /// <summary>Class, stored type and flags of a type as it is written.</summary>
    public static (MatClass Class, MatType Type, int Flags) Of(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => (MatClass.UInt8, MatType.UInt8, LogicalFlag),
        TypeCode.SByte => (MatClass.Int8, MatType.Int8, 0),
        TypeCode.Byte => (MatClass.UInt8, MatType.UInt8, 0),
        TypeCode.Int16 => (MatClass.Int16, MatType.Int16, 0),
        TypeCode.UInt16 => (MatClass.UInt16, MatType.UInt16, 0),
        TypeCode.Int32 => (MatClass.Int32, MatType.Int32, 0),
        TypeCode.UInt32 => (MatClass.UInt32, MatType.UInt32, 0),
        TypeCode.Int64 => (MatClass.Int64, MatType.Int64, 0),
        TypeCode.UInt64 => (MatClass.UInt64, MatType.UInt64, 0),
        TypeCode.Single => (MatClass.Single, MatType.Single, 0),
        TypeCode.Double => (MatClass.Double, MatType.Double, 0),
        _ when type == typeof(ComplexF) => (MatClass.Single, MatType.Single, ComplexFlag),
        _ when type == typeof(Complex) => (MatClass.Double, MatType.Double, ComplexFlag),
        _ => throw new ArgumentException($"{type.Name} has no MATLAB class here; write numbers, bool, ComplexF or Complex.", nameof(type)),
    };
}
