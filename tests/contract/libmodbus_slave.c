/* A Modbus RTU slave by libmodbus, for the contract tests: a transmitter's registers, eight coils and eight inputs at address 1. */
#include <modbus.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    uint8_t query[MODBUS_RTU_MAX_ADU_LENGTH];
    modbus_t *line = argc == 2 ? modbus_new_rtu(argv[1], 115200, 'N', 8, 1) : NULL;
    modbus_mapping_t *map = modbus_mapping_new(8, 8, 0x70, 0);

    if (line == NULL || map == NULL || modbus_set_slave(line, 1) == -1 || modbus_connect(line) == -1)
        return 1;
    map->tab_registers[0x00] = 1;      /* address */
    map->tab_registers[0x08] = 1;      /* one decimal, stable */
    map->tab_registers[0x50] = 0xFFFF; /* -4321 counts */
    map->tab_registers[0x51] = 0xEF1F;
    map->tab_input_bits[1] = map->tab_input_bits[2] = 1;
    puts("ready");
    fflush(stdout);
    for (;;) {
        int length = modbus_receive(line, query);
        if (length > 0)
            modbus_reply(line, query, length, map);
    }
}
