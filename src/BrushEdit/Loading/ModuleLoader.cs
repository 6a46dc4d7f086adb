using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;
using TorchSharp.Modules;

namespace BrushEdit.Loading;

/// <summary>
/// Loads a network from a checkpoint without waste: the network is built on the meta device, where weights have a shape but no memory,
/// compared with the checkpoint, and only then given the checkpoint's tensors in the requested type and on the requested device. No
/// random weights are drawn, and a wrong checkpoint costs nothing.
/// </summary>
public static class ModuleLoader
{
    private static readonly ConditionalWeakTable<torch.nn.Module, string> Sources = [];

    private const BindingFlags Anywhere = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Loads a network.</summary>
    /// <typeparam name="T">The network's class.</typeparam>
    /// <param name="build">Builds the network with all weights on the given device and in the given type.</param>
    /// <param name="weights">The checkpoint.</param>
    /// <param name="kind">The name of the network in errors, such as <c>BrushNet</c>.</param>
    /// <param name="dtype">The type of its weights.</param>
    /// <param name="device">The device of its weights.</param>
    /// <param name="mayBeLeft">Whether a checkpoint may contain a name that the network does not need (old buffers); null for no such name.</param>
    /// <param name="eightBits">
    /// Whether to hold the weights of its inner convolutions and linear layers in 8 bits (<see cref="QuantizedWeight"/>): they are quantised
    /// while they are read, and cannot be trained.
    /// </param>
    /// <returns>The network, ready for inference (<c>eval</c>); its weights can be trained.</returns>
    /// <exception cref="EditException">A tensor is missing, unexpected or of the wrong shape (no tensor is read then), or a file cannot be read.</exception>
    /// <exception cref="InvalidOperationException">The network keeps a tensor that no checkpoint fills (a constant created when it was built).</exception>
    public static T Load<T>(
        Func<torch.Device, torch.ScalarType, T> build,
        IWeights weights,
        string kind,
        torch.ScalarType dtype,
        torch.Device device,
        Func<string, bool>? mayBeLeft = null,
        bool eightBits = false)
        where T : torch.nn.Module
    {
        ArgumentNullException.ThrowIfNull(build);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(device);
        T module = build(torch.META, dtype);
        try
        {
            ModuleWeights.Check(module.state_dict(), weights, kind, mayBeLeft);
            TensorFill fill = new();
            if (eightBits)
            {
                QuantizedLayers.Take(module, weights, dtype, device, fill);
            }

            Materialize(module, name => Take(weights, name, dtype, device, fill));
            fill.Run();
            module.eval();
            Sources.Add(module, weights.Source);
            return module;
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>The source of a network's weights, usually a path; null if it was not loaded here.</summary>
    /// <param name="module">The network.</param>
    internal static string? SourceOf(torch.nn.Module module) => Sources.TryGetValue(module, out string? source) ? source : null;

    /// <summary>Gives a network that was built on the meta device real tensors; 8-bit weights, which are already real, stay.</summary>
    /// <param name="module">The network.</param>
    /// <param name="read">Returns the tensor of a name, which the network then owns.</param>
    /// <exception cref="InvalidOperationException">The network keeps a tensor that has no name.</exception>
    public static void Materialize(torch.nn.Module module, Func<string, torch.Tensor> read)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(read);
        HashSet<torch.nn.Module> done = new(ReferenceEqualityComparer.Instance);
        foreach ((string path, torch.nn.Module part) in module.named_modules().Prepend((string.Empty, module)).ToList())
        {
            // A module that is registered in several places is filled once.
            if (!done.Add(part))
            {
                continue;
            }

            string prefix = path.Length == 0 ? string.Empty : path + ".";
            foreach ((string name, Parameter old) in part.named_parameters(recurse: false).ToList())
            {
                if (old.dtype == torch.ScalarType.Int8)
                {
                    continue;
                }

                bool learns = old.requires_grad;
                Replace(part, name, old, new Parameter(read(prefix + name), learns).DetachFromDisposeScope());
            }

            foreach ((string name, torch.Tensor old) in part.named_buffers(recurse: false).Where(entry => entry.Item1 != QuantizedWeight.ScaleName).ToList())
            {
                Replace(part, name, old, read(prefix + name).DetachFromDisposeScope());
            }

            RefuseLeftOver(part, path);
        }
    }

    // Memory that is filled later together with all other tensors; otherwise (another device, no file with the stored tensor) the tensor itself.
    private static torch.Tensor Take(IWeights weights, string name, torch.ScalarType dtype, torch.Device device, TensorFill fill)
    {
        TensorInfo info = weights.Tensors[name];
        torch.ScalarType wanted = ModuleWeights.IsFloat(info.Type) ? dtype : info.Type;
        if (device.type != DeviceType.CPU || weights.Find(name) is not { } range || !TensorFill.CanRead(range, wanted, info.Count))
        {
            return Read(weights, name, dtype, device);
        }

        torch.Tensor tensor = torch.empty([.. info.Shape], wanted);
        fill.Add(tensor, range);
        return tensor;
    }

    private static torch.Tensor Read(IWeights weights, string name, torch.ScalarType dtype, torch.Device device)
    {
        torch.Tensor stored = weights.Read(name);
        torch.ScalarType wanted = stored.is_floating_point() ? dtype : stored.dtype;
        if (stored.dtype == wanted && stored.device_type == device.type)
        {
            return stored;
        }

        using (stored)
        {
            return stored.to(wanted, device);
        }
    }

    // TorchSharp's layers have a setter that also updates their native part; layers of this project have a field and an entry in the
    // module's register.
    private static void Replace(torch.nn.Module part, string name, torch.Tensor old, torch.Tensor tensor)
    {
        PropertyInfo? property = part.GetType().GetProperty(name, BindingFlags.Instance | BindingFlags.Public);
        if (property is { CanWrite: true } && property.PropertyType.IsInstanceOfType(tensor))
        {
            property.SetValue(part, tensor);
            return;
        }

        FieldInfo field = Fields(part.GetType()).FirstOrDefault(candidate => ReferenceEquals(candidate.GetValue(part), old))
            ?? throw new InvalidOperationException($"{part.GetType().Name} has no field for '{name}', so its value cannot be set.");
        field.SetValue(part, tensor);
        string register = tensor is Parameter ? "ConditionallyRegisterParameter" : "ConditionallyRegisterBuffer";
        foreach (MethodInfo method in typeof(torch.nn.Module).GetMethods(Anywhere).Where(method => method.Name == register))
        {
            ParameterInfo[] parameters = method.GetParameters();
            if (parameters[1].ParameterType == (tensor is Parameter ? typeof(Parameter) : typeof(torch.Tensor)))
            {
                method.Invoke(part, parameters.Length == 3 ? [name, tensor, true] : [name, tensor]);
                old.Dispose();
                return;
            }
        }

        throw new InvalidOperationException($"This version of TorchSharp has no {register}.");
    }

    private static void RefuseLeftOver(torch.nn.Module part, string path)
    {
        foreach (FieldInfo field in Fields(part.GetType()))
        {
            if (field.GetValue(part) is torch.Tensor { IsInvalid: false, is_meta: true })
            {
                throw new InvalidOperationException(
                    $"'{path}' ({part.GetType().Name}) keeps the tensor '{field.Name}', which no checkpoint fills: compute it when it is needed.");
            }
        }
    }

    private static IEnumerable<FieldInfo> Fields(Type? type)
    {
        for (; type is not null && type != typeof(torch.nn.Module); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(Anywhere | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }
}
