using System.Numerics;

namespace Precoding.Simulation;

/// <summary>Element types that are read and written; the names are numpy's kinds spelled out.</summary>
public enum NumpyElement
{
    Boolean,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Half,
    Single,
    Double,
    ComplexSingle,
    ComplexDouble,
    Text,
}

internal static class NumpyElements
{
    /// <summary>Bytes of one element; text has a length of its own.</summary>
    public static int SizeOf(NumpyElement element) => element switch
    {
        NumpyElement.Boolean or NumpyElement.Int8 or NumpyElement.UInt8 => 1,
        NumpyElement.Int16 or NumpyElement.UInt16 or NumpyElement.Half => 2,
        NumpyElement.Int32 or NumpyElement.UInt32 or NumpyElement.Single => 4,
        NumpyElement.Int64 or NumpyElement.UInt64 or NumpyElement.Double or NumpyElement.ComplexSingle => 8,
        NumpyElement.ComplexDouble => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(element), element, "text has no fixed size"),
    };

    /// <summary>The element that a type is.</summary>
    public static NumpyElement Of(Type type) => type == typeof(ComplexF) ? NumpyElement.ComplexSingle
        : type == typeof(Complex) ? NumpyElement.ComplexDouble
        : type == typeof(sbyte) ? NumpyElement.Int8
        : type == typeof(byte) ? NumpyElement.UInt8
        : Enum.TryParse(type.Name, out NumpyElement element) ? element
        : throw new ArgumentException($"{type.Name} has no numpy type here.", nameof(type));

    /// <summary>The descr of a type as this machine writes it, such as &lt;c8.</summary>
    public static string Descr(Type type)
    {
        char order = BitConverter.IsLittleEndian ? '<' : '>';
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => "|b1",
            TypeCode.SByte => "|i1",
            TypeCode.Byte => "|u1",
            TypeCode.Int16 => order + "i2",
            TypeCode.Int32 => order + "i4",
            TypeCode.Int64 => order + "i8",
            TypeCode.UInt16 => order + "u2",
            TypeCode.UInt32 => order + "u4",
            TypeCode.UInt64 => order + "u8",
            TypeCode.Single => order + "f4",
            TypeCode.Double => order + "f8",
            _ when type == typeof(Half) => order + "f2",
            _ when type == typeof(ComplexF) => order + "c8",
            _ when type == typeof(Complex) => order + "c16",
            _ => throw new ArgumentException($"{type.Name} has no numpy type here; write numbers, bool, ComplexF or Complex.", nameof(type)),
        };
    }
}
