using TorchSharp;
using static TorchSharp.torch;

namespace BrushEdit.Modeling;

/// <summary>
/// Sums, differences, products and quotients of tensors that stay correct even if the garbage collector runs at any moment. TorchSharp's operators
/// make a <see cref="Scalar"/> on the way, even of <c>a + b</c> (its factor, 1), and keep only its address: a collection on another thread can free
/// it while libtorch reads it, and the call fails with "Unknown scalar type" or computes with whatever is at that address. Hence these operators are
/// banned in this project (BannedSymbols.txt). Results equal the operators' bit for bit.
/// </summary>
internal static class TensorArithmetic
{
    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, Scalars.One);

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, double b)
    {
        using Scalar scalar = b.ToScalar();
        return a.add(scalar, Scalars.One);
    }

    /// <summary>a + b; of whole numbers, whole numbers.</summary>
    public static Tensor Plus(this Tensor a, long b)
    {
        using Scalar scalar = b.ToScalar();
        return a.add(scalar, Scalars.One);
    }

    /// <summary>a - b.</summary>
    public static Tensor Minus(this Tensor a, Tensor b) => a.sub(b);

    /// <summary>a - b; of whole numbers, whole numbers.</summary>
    public static Tensor Minus(this Tensor a, long b)
    {
        using Scalar scalar = b.ToScalar();
        return a.sub(scalar);
    }

    /// <summary>1 - a.</summary>
    public static Tensor FromOne(this Tensor a) => a.negative().add(Scalars.One, Scalars.One);

    /// <summary>a * b.</summary>
    public static Tensor Times(this Tensor a, double b)
    {
        using Scalar scalar = b.ToScalar();
        return a.mul(scalar);
    }

    /// <summary>a * b; of whole numbers, whole numbers.</summary>
    public static Tensor Times(this Tensor a, long b)
    {
        using Scalar scalar = b.ToScalar();
        return a.mul(scalar);
    }

    /// <summary>a / b.</summary>
    public static Tensor Over(this Tensor a, double b)
    {
        using Scalar scalar = b.ToScalar();
        return a.div(scalar);
    }
}
