// SPDX-License-Identifier: Apache-2.0

@_exported public import SluiceChannelLayers
@_exported public import SluiceCommands
@_exported public import SluiceConsumers
@_exported public import SluiceCore
@_exported public import SluiceServer
@_exported public import SluiceWeb

// What an application needs, behind one import. Of NIOCore it is the buffer alone: the module has a `ChannelEvent` of
// its own, and an application that imports all of it has to say which one it means.
@_exported public import struct NIOCore.ByteBuffer

#if Models
@_exported public import SluiceAccounts
@_exported public import SluiceModelViews
@_exported public import SluiceModels
#endif

#if SQLite
@_exported public import SluiceSQLite
#endif

#if PostgreSQL
@_exported public import SluicePostgreSQL
#endif

#if Redis
@_exported public import SluiceRedis
#endif
